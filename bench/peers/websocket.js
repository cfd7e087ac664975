// An echo on npm websocket: the server that tutorials of voice applications show, on a port of our choice.
'use strict'

const http = require('http')
const { server: WebSocketServer } = require('websocket')

const httpServer = http.createServer((request, response) => {
  response.writeHead(404)
  response.end()
})
httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'))

const server = new WebSocketServer({ httpServer, autoAcceptConnections: false })

server.on('request', (request) => {
  const connection = request.accept(null, request.origin)
  connection.on('message', (message) => {
    if (message.type === 'binary') connection.sendBytes(message.binaryData)
  })
})
